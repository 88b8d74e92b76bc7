import type { Secret } from '@rekey/secret'

interface Page {
  readonly sessionStorage: { setItem(name: string, value: string): void }
}

export function keep(key: Secret, page: Page): void {
  page.sessionStorage.setItem('key', key.expose())
}
