" Pro-ML. Made from the tables of shared/language by resources/ide/generate; a test holds it to them, and
" npx vitest run test/ide/grammar -u writes it anew.
if exists('b:current_syntax')
  finish
endif

syntax case match
syntax iskeyword @,48-57,_

syntax keyword promlDeclaration namespace import source entity feature model
syntax keyword promlStatement observe predict rank filter sort group union use let output train validate health
syntax match promlStatement /\<top\>\%(\s*(\)\@!/
syntax match promlStatement /\<distinct\>\%(\s*(\)\@!/
syntax keyword promlClause time created row schema of from by where over lag inclusive rows default unit owner tags status kind like pii split search folds weight engine sampler prune schedule online seed parity latency size drift decay nulls freshness retrain as
syntax match promlClause /\<all\>\%(\s*(\)\@!/
syntax keyword promlConditional if then else
syntax keyword promlConstant true false null
syntax keyword promlWordOperator and or not
syntax match promlFunction /\<\%(abs\|all\|any\|approx_distinct\|boosted_trees\|bucketize\|calibrate\|cascade\|ceil\|class\|clip\|coalesce\|concat\|cosine\|count\|cross\|cyclic\|day\|decision_tree\|distinct\|dot\|elastic_net\|embed\|ewma\|exp\|first\|floor\|hash\|hour\|impute\|is_null\|isolation_forest\|kmeans\|l2_normalize\|lasso\|last\|latest\|length\|lightgbm\|linear\|ln\|log1p\|logistic\|lower\|max\|mean\|median\|min\|min_max\|minute\|mixed_effects\|mlp\|mode\|month\|naive_bayes\|nearest\|one_hot\|onnx\|open_inference\|ordinal\|poisson\|probability\|python\|quantile\|quantile_transform\|random_forest\|registry\|ridge\|robust_scale\|round\|sqrt\|stack\|standardize\|stddev\|sum\|target_encode\|tensorflow_serving\|tfidf\|top\|upper\|value\|variance\|weekday\|weighted\|xgboost_model\|year\)\>\ze\s*(/
syntax match promlTyped /:\s*\%(bool\|int\|float\|string\|date\|time\|duration\|vector\)\>/ contains=promlType
syntax keyword promlType bool int float string date time duration vector contained

syntax match promlOperator /!=\|<=\|>=\|%\|\*\|+\|-\|\/\|<\|=\|>\|\.\./
syntax match promlWrongUnit /\<\d\+\%(\.\d\+\)\?\%([eE][+-]\?\d\+\)\?\k\+/
syntax match promlNumber /\<\d\+\%(\.\d\+\)\?\%([eE][+-]\?\d\+\)\?\%(\k\|\.\d\)\@!/
syntax match promlDuration /\<\d\+\%(\.\d\+\)\?\%([eE][+-]\?\d\+\)\?\%(ms\|s\|m\|h\|d\|w\)\k\@!/
syntax match promlSize /\<\d\+\%(\.\d\+\)\?\%([eE][+-]\?\d\+\)\?\%(B\|KB\|MB\|GB\)\k\@!/

syntax match promlEscape /\\["\\ntr]/ contained
syntax region promlString start=/"/ skip=/\\./ end=/"\|$/ contains=promlEscape
syntax match promlQuotedName /`[^`]\+`/
syntax match promlComment /\/\/.*/ contains=@Spell
syntax match promlDocumentation /\/\/\/\/\@!.*/ contains=@Spell
syntax region promlComment start=/\/\*/ end=/\*\// contains=@Spell

" In parentheses stand names, never clauses: a column may be called `unit`.
syntax match promlParameter /\k\+\ze\s*:/ contained
syntax cluster promlInside contains=promlConditional,promlConstant,promlWordOperator,promlOperator,promlFunction,promlTyped
syntax cluster promlInside add=promlParameter,promlNumber,promlDuration,promlSize,promlWrongUnit,promlString
syntax cluster promlInside add=promlQuotedName,promlComment,promlDocumentation,promlParentheses
syntax region promlParentheses start=/(/ end=/)/ transparent contains=@promlInside

highlight default link promlDeclaration Structure
highlight default link promlStatement Statement
highlight default link promlClause Keyword
highlight default link promlConditional Conditional
highlight default link promlConstant Constant
highlight default link promlWordOperator Operator
highlight default link promlOperator Operator
highlight default link promlFunction Function
highlight default link promlType Type
highlight default link promlParameter Identifier
highlight default link promlNumber Number
highlight default link promlDuration Number
highlight default link promlSize Number
highlight default link promlWrongUnit Error
highlight default link promlString String
highlight default link promlEscape SpecialChar
highlight default link promlQuotedName Identifier
highlight default link promlComment Comment
highlight default link promlDocumentation SpecialComment

syntax sync minlines=200
let b:current_syntax = 'proml'
