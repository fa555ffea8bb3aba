/** What the desktop shell’s preload puts into the page; a browser has none of it. */
export interface DesktopShell {
  requestStudioPort(): void
  chooseFolder(): Promise<string | null>
  openExternal(address: string): Promise<boolean>
  setDirty(isDirty: boolean): void
}

declare global {
  interface Window {
    readonly shell?: DesktopShell
  }
}

export const desktopShell = (): DesktopShell | undefined => window.shell
