import { contextBridge, ipcRenderer } from 'electron'

// A port cannot cross the bridge; it is handed to the page as a transferred message of the page's own window.
ipcRenderer.on('studio-port', (event) => window.postMessage('studio-port', window.location.origin, [...event.ports]))

contextBridge.exposeInMainWorld('shell', {
  requestStudioPort: (): void => ipcRenderer.send('request-studio-port'),
  chooseFolder: (): Promise<string | null> => ipcRenderer.invoke('choose-folder'),
  openExternal: (address: string): Promise<boolean> => ipcRenderer.invoke('open-external', address),
  setDirty: (isDirty: boolean): void => ipcRenderer.send('set-dirty', isDirty === true),
})
