import type { Kernel as Jupyter, KernelMessage } from '@jupyterlab/services'
import { type Variable, variableSchema } from '@shared/kernels/kernel'
import { z } from 'zod'

const variablesSchema = z.array(variableSchema)

/**
 * Runs in a dictionary of its own, so that it leaves no name behind; whole containers are never printed, since the
 * text of a long list costs seconds.
 */
const variablesScript = `
import json, reprlib, types
r = reprlib.Repr(); r.maxstring = r.maxother = 120; r.maxlist = r.maxtuple = r.maxdict = r.maxset = 8
def frame(v):
    return type(v).__module__.split('.')[0] in ('pandas', 'polars', 'pyarrow') and type(v).__name__ in ('DataFrame', 'Table')
def show(v):
    t = type(v); n = t.__module__ + '.' + t.__qualname__
    if frame(v): return ', '.join(map(str, list(getattr(v, 'column_names', v.columns))[:12])), '{:,} × {:,}'.format(*v.shape)
    if n.startswith('pandas.') and hasattr(v, 'dtype'): return str(v.dtype), str(len(v))
    if hasattr(v, 'shape') and hasattr(v, 'dtype'): return str(v.dtype), ' × '.join(map(str, v.shape))
    if isinstance(v, (str, bytes, list, tuple, dict, set, frozenset)): return r.repr(v), str(len(v))
    return r.repr(v), None
out = []
hidden = set(ip.user_ns_hidden) if ip else set()
for k in sorted(ns):
    if k.startswith('_') or k in hidden or k in ('In', 'Out', 'exit', 'quit', 'get_ipython', 'open'): continue
    v = ns[k]
    if isinstance(v, types.ModuleType): continue
    try: value, shape = show(v)
    except BaseException as e: value, shape = '(' + type(e).__name__ + ')', None
    out.append(dict(name=k, type=type(v).__name__, value=value[:200], shape=shape, isFrame=frame(v)))
    if len(out) >= 500: break
print(json.dumps(out))
`

const silentCode = `exec(compile(${JSON.stringify(variablesScript)}, '<studio>', 'exec'), {'ns': dict(get_ipython().user_ns), 'ip': get_ipython()})`

/** Resolves with null instead when `work` takes longer; a kernel answers questions only between cells. */
export const within = async <T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | null> => {
  let timer: NodeJS.Timeout | undefined
  let abort = (): void => {}
  const late = new Promise<null>((done) => {
    timer = setTimeout(() => done(null), ms)
    abort = () => done(null)
    signal?.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    // The loser may still fail, when the kernel restarts for example.
    work.catch(() => {})
  }
}

/** The variables as a kernel that is idle says them. */
export const readVariables = async (connection: Jupyter.IKernelConnection): Promise<Variable[]> => {
  const future = connection.requestExecute({
    code: silentCode,
    silent: true,
    store_history: false,
    allow_stdin: false,
    stop_on_error: false,
  })
  let text = ''
  future.onIOPub = (message) => {
    if (message.header.msg_type !== 'stream') return
    const content = message.content as KernelMessage.IStreamMsg['content']
    if (content.name === 'stdout') text += content.text
  }
  await future.done
  return variablesSchema.parse(JSON.parse(text))
}

/** A kernel counts characters, the window UTF-16 units. */
export const toCharacters = (text: string, units: number): number => [...text.slice(0, units)].length
export const toUnits = (text: string, characters: number): number =>
  [...text].slice(0, characters).reduce((sum, character) => sum + character.length, 0)
