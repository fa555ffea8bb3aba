import type { Kernel } from '@jupyterlab/services'

/** How long a kernel may say nothing of its state before it is asked again. */
const silenceMs = 1_000
/** How long a socket of this machine may take to open; then another one is tried. */
const openMs = 15_000

/**
 * Whether news of the kernel come through this socket: its state is known from nothing else. What is run before would
 * be run, and neither its outputs nor its end be heard.
 */
export const isTelling = (status: Kernel.Status): boolean => status === 'idle' || status === 'busy'

/**
 * Keeps a kernel's state known. The library asks a kernel who it is once, when a socket opens, and takes its state from
 * the news of that question. A kernel that is just being started may miss the question, and its news are lost when
 * the server listens to it a moment too late: then nothing would ever be heard again of a kernel that is well.
 *
 * `onAnswer` is told the identity of the process that answered: another one than before means that the kernel was
 * started anew, even if the news of it came while no socket was open. A question that is cancelled fails nobody, since
 * the library lets nobody wait for it.
 */
export const keepContact = (
  connection: Kernel.IKernelConnection,
  onAnswer: (process: string) => void = () => {},
): void => {
  const ask = connection.requestKernelInfo.bind(connection)
  connection.requestKernelInfo = () =>
    ask().then(
      (reply) => {
        if (reply) onAnswer(reply.header.session)
        return reply
      },
      () => undefined,
    )
  let connectingSince = Date.now()
  connection.connectionStatusChanged.connect(() => {
    connectingSince = Date.now()
  })
  const timer = setInterval(() => {
    if (connection.isDisposed) return clearInterval(timer)
    if (connection.connectionStatus === 'connected') {
      if (!isTelling(connection.status)) void connection.requestKernelInfo()
    } else if (connection.connectionStatus === 'disconnected' || Date.now() - connectingSince > openMs) {
      connectingSince = Date.now()
      connection.reconnect().catch(() => {})
    }
  }, silenceMs)
  timer.unref()
}
