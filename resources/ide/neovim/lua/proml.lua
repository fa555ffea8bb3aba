-- Pro-ML's language server in Neovim 0.7 and newer. Settings:
--   vim.g.proml_command    what starts Pro-ML, without `lsp`: { 'node', '/home/me/proml-studio/resources/setup/proml.mjs' }
--   vim.g.proml_workspace  the folder that paths such as data/flights.parquet are relative to
--   vim.lsp.config('proml', { … })  anything of a client, in Neovim 0.11 and newer
local M = {}

local uv = vim.uv or vim.loop
local launcher = '/resources/setup/proml.mjs'

local function exists(path)
  return uv.fs_stat(path) ~= nil
end

-- The folder of a path and every folder above it.
local function upward(path)
  local folders = {}
  local folder = vim.fn.fnamemodify(path, ':p:h')
  while folders[#folders] ~= folder do
    table.insert(folders, folder)
    folder = vim.fn.fnamemodify(folder, ':h')
  end
  return folders
end

-- As `proml check` has it: the nearest folder that the studio has worked in, else the program's own.
function M.root(file)
  if vim.g.proml_workspace then
    return vim.fn.fnamemodify(vim.g.proml_workspace, ':p:h')
  end
  local folders = upward(file)
  for _, folder in ipairs(folders) do
    local stat = uv.fs_stat(folder .. '/.proml')
    if stat and stat.type == 'directory' then
      return folder
    end
  end
  return folders[1]
end

-- What is configured, else the project that the file lies in or depends on, else `proml` on the PATH; nil where none is.
function M.command(file)
  if vim.g.proml_command then
    return vim.deepcopy(vim.g.proml_command)
  end
  for _, folder in ipairs(upward(file)) do
    for _, project in ipairs({ folder, folder .. '/node_modules/proml-studio' }) do
      if exists(project .. launcher) and exists(project .. '/shared/language/words.ts') then
        return { 'node', project .. launcher }
      end
    end
  end
  local found = vim.fn.exepath('proml')
  return found ~= '' and { found } or nil
end

local function with(command, ...)
  return vim.list_extend(vim.deepcopy(command), { ... })
end

-- Before 0.8 there is no vim.lsp.start, which keeps one client for one root.
local kept = {}
local function start_kept(config, buffer)
  local id = kept[config.root_dir]
  if not id or vim.lsp.client_is_stopped(id) then
    config.on_attach = function(_, attached)
      vim.api.nvim_buf_set_option(attached, 'omnifunc', 'v:lua.vim.lsp.omnifunc')
      vim.api.nvim_buf_set_option(attached, 'formatexpr', 'v:lua.vim.lsp.formatexpr()')
      vim.api.nvim_buf_set_option(attached, 'tagfunc', 'v:lua.vim.lsp.tagfunc')
    end
    id = vim.lsp.start_client(config)
    kept[config.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

local is_told = false

function M.start(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  if file == '' or vim.bo[buffer].buftype ~= '' then
    return
  end
  local command = M.command(file)
  if not command then
    if not is_told then
      is_told = true
      vim.notify(
        'Pro-ML was not found: there are colours, but no checking. Put proml on the PATH or set vim.g.proml_command.',
        vim.log.levels.WARN
      )
    end
    return
  end
  local root = M.root(file)
  local config = { name = 'proml', cmd = with(command, 'lsp'), cmd_cwd = root, root_dir = root }
  if vim.lsp.config then
    config = vim.tbl_deep_extend('force', config, vim.lsp.config.proml or {})
  end
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
  else
    start_kept(config, buffer)
  end
end

local function run(argument, ...)
  local file = vim.uri_to_fname(argument.uri)
  local command = M.command(file)
  if not command then
    return
  end
  local words = with(command, ...)
  if type(argument.model) == 'string' then
    vim.list_extend(words, { '--model', argument.model })
  end
  vim.cmd('silent wall | botright 15new')
  vim.fn.termopen(words, { cwd = M.root(file) })
end

-- What the code lenses above models and features do: vim.lsp.codelens.refresh() shows them, vim.lsp.codelens.run() runs one.
vim.lsp.commands['proml.train'] = function(command)
  run(command.arguments[1], 'train', command.arguments[1].path)
end
vim.lsp.commands['proml.preview'] = function(command)
  run(command.arguments[1], 'features', command.arguments[1].path, '--preview')
end
vim.lsp.commands['proml.showUsers'] = function(command)
  local items = vim.lsp.util.locations_to_items(command.arguments[3] or {}, 'utf-16')
  vim.fn.setqflist({}, ' ', { title = 'Users', items = items })
  vim.cmd('botright copen')
end

return M
