import { contentSecurityPolicy, pageHeaders } from '@shared/security/policy'
import {
  externalPolicy,
  navigationPolicy,
  pageOf,
  permissionPolicy,
  senderPolicy,
  webPreferences,
  windowOpenPolicy,
} from '@shared/security/shell'
import { describe, expect, it } from 'vitest'

describe('the shell', () => {
  it.each([
    ['app://studio/', true],
    ['app://studio/index.html#x', true],
    ['app://elsewhere/', false],
    ['https://example.org/', false],
    ['file:///etc/passwd', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    ['not an address', false],
  ])('lets a window go to %s: %s', (address, isAllowed) => {
    expect(navigationPolicy(address).isAllowed).toBe(isAllowed)
  })

  it('never lets a page open a window', () => {
    expect(windowOpenPolicy().isAllowed).toBe(false)
  })

  it.each([
    ['https://example.org/docs', true],
    ['mailto:someone@example.org', true],
    ['https://user:password@example.org/', false],
    ['file:///usr/bin/xterm', false],
    ['smb://server/share', false],
    ['ms-settings:privacy', false],
    ['', false],
  ])('hands %s to the operating system: %s', (address, isAllowed) => {
    expect(externalPolicy(address).isAllowed).toBe(isAllowed)
  })

  it.each([
    'media',
    'geolocation',
    'notifications',
    'midi',
    'openExternal',
    'clipboard-read',
    'hid',
    'usb',
    'toString',
    '__proto__',
  ])('refuses the permission %s', (permission) => {
    expect(permissionPolicy(permission, 'app://studio/').isAllowed).toBe(false)
  })

  it('lets its own pages copy, and nobody else’s', () => {
    expect(permissionPolicy('clipboard-sanitized-write', 'app://studio/').isAllowed).toBe(true)
    expect(permissionPolicy('clipboard-sanitized-write', 'https://example.org').isAllowed).toBe(false)
  })

  it('listens only to the top frame of its own page', () => {
    expect(senderPolicy('app://studio/', true).isAllowed).toBe(true)
    expect(senderPolicy('app://studio/', false).isAllowed).toBe(false)
    expect(senderPolicy('https://example.org/', true).isAllowed).toBe(false)
    expect(senderPolicy(undefined, true).isAllowed).toBe(false)
  })

  it.each([
    ['app://studio/', 'index.html'],
    ['app://studio/assets/a.js', 'assets/a.js'],
    ['app://studio/%2e%2e%2f%2e%2e%2fetc/passwd', null],
    ['app://studio/a%5c..%5cb', null],
    ['app://studio/a%00.js', null],
    ['app://other/index.html', null],
    ['app://studio/%E0%A4%A', null],
  ])('serves %s as %s', (address, page) => {
    expect(pageOf(address)).toBe(page)
  })

  it('gives windows no way to Node', () => {
    expect(webPreferences('/preload.cjs')).toEqual({
      preload: '/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
    })
  })

  it('allows no inline script, no eval and no other origin', () => {
    expect(contentSecurityPolicy).toContain("default-src 'none'")
    expect(contentSecurityPolicy).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/)
    expect(contentSecurityPolicy).not.toMatch(/https?:/)
    expect(pageHeaders['Cross-Origin-Opener-Policy']).toBe('same-origin')
    expect(pageHeaders['Cross-Origin-Embedder-Policy']).toBe('require-corp')
  })
})
