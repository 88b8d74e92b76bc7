import { readFileSync } from 'node:fs'
import { minVersion, satisfies } from 'semver'
import { expect, it } from 'vitest'

interface Package {
  readonly engines?: { readonly node?: string }
  readonly deprecated?: string
}

/** They state a newer Node, and run on the oldest, as the tests of @rekey/kafka do. A service installs them only if it uses that client. */
const STATES_NEWER = 'node_modules/@platformatic/'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))

it('npm ci on the oldest Node that is promised has nothing to warn about but one client of Kafka: each package runs on it, none is deprecated', () => {
  const { engines } = read('package.json') as Package
  const oldest = minVersion(engines?.node ?? '') ?? ''
  const lock = read('package-lock.json') as { packages: Readonly<Record<string, Package>> }
  const warnings = Object.entries(lock.packages).filter(
    ([path, { engines: { node = '*' } = {}, deprecated }]) =>
      (!satisfies(oldest, node) && !path.startsWith(STATES_NEWER)) || deprecated !== undefined,
  )
  expect(String(oldest)).toBe('20.19.0')
  expect(warnings).toEqual([])
})
