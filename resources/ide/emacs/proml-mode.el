;;; proml-mode.el --- Pro-ML programs, with eglot  -*- lexical-binding: t; -*-

;;; Code:

(defvar proml-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 124b" table)
    (modify-syntax-entry ?* ". 23" table)
    (modify-syntax-entry ?\n "> b" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?` "\"" table)
    (modify-syntax-entry ?_ "w" table)
    table)
  "Comments, texts and names of Pro-ML.")

;;;###autoload
(define-derived-mode proml-mode prog-mode "Pro-ML"
  "Mode for Pro-ML programs; `eglot' brings what the language server knows."
  (setq-local comment-start "// ")
  (setq-local comment-start-skip "//+ *")
  (setq-local indent-tabs-mode nil)
  (setq-local tab-width 2))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.proml\\'" . proml-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(proml-mode . ("proml" "lsp"))))

(provide 'proml-mode)
;;; proml-mode.el ends here
