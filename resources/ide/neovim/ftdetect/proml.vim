autocmd BufNewFile,BufRead *.proml setfiletype proml
