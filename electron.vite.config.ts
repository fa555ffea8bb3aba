import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { processEntries } from './electron/services/processes'

const at = (path: string) => resolve(import.meta.dirname, path)
const alias = { '@shared': at('shared') }

export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      outDir: 'out/main',
      rollupOptions: {
        input: {
          index: at('electron/main/index.ts'),
          studio: at('electron/main/studioProcess.ts'),
          host: at('electron/host/index.ts'),
          cli: at('electron/cli/index.ts'),
          ...Object.fromEntries(Object.entries(processEntries).map(([name, path]) => [name, at(path)])),
        },
      },
    },
  },
  preload: {
    resolve: { alias },
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: at('electron/preload/index.ts') },
        // A sandboxed preload cannot be an ES module.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    resolve: { alias, conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'] },
    plugins: [react()],
    worker: { format: 'es' },
    build: {
      outDir: at('out/renderer'),
      emptyOutDir: true,
      minify: true,
      chunkSizeWarningLimit: 6000,
      rollupOptions: { input: { index: at('renderer/index.html') } },
    },
  },
})
