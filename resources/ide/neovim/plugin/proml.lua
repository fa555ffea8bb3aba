-- Starts the language server with the first Pro-ML program. To leave that to something else: vim.g.loaded_proml = 1
if vim.g.loaded_proml then
  return
end
vim.g.loaded_proml = 1

vim.api.nvim_create_autocmd('FileType', {
  pattern = 'proml',
  group = vim.api.nvim_create_augroup('proml', {}),
  callback = function(event)
    require('proml').start(event.buf)
  end,
})
