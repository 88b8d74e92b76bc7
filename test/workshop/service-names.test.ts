import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

interface Part {
  readonly properties: Readonly<Record<string, unknown>>
}
interface ServiceSchema {
  readonly properties: { readonly settings: Part; readonly secrets: Part }
}

/** The settings and secrets of each service, as its definition has them. */
const SERVICES = new Map(
  readdirSync(join(ROOT, 'services')).map((service) => {
    const text = read(`services/${service}/service.schema.json`)
    const { settings, secrets } = (JSON.parse(text) as ServiceSchema).properties
    const names = {
      settings: Object.keys(settings.properties),
      secrets: Object.keys(secrets.properties),
    }
    return [service, names] as const
  }),
)
const SECRETS = new Set([...SERVICES.values()].flatMap(({ secrets }) => secrets))
/** What an operator of the services reads. */
const PAGES = ['deploy', 'docs/runbooks', 'docs/scheduling.md', 'docs/sources.md', 'docs/gate.md']
  .flatMap(filesBelow)
  .map((path) => [path, read(path)] as const)

function filesBelow(path: string): string[] {
  if (/\.[a-z]+$/.test(path)) return [path]
  return readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length))
}

describe('the pages and files of a deployment', () => {
  it('name no secret that the services do not have', () => {
    const services = [...SERVICES.keys()].map((service) => service.toUpperCase()).join('|')
    const name = new RegExp(`\\b[A-Z][A-Z_]*_(?:${services})(?:_[A-Z_]*[A-Z])?\\b`, 'g')
    const found = PAGES.flatMap(([path, text]) =>
      Array.from(text.matchAll(name), ([each]) => ({ path, each: each.replace(/__[A-Z]+$/, '') })),
    )
    expect(found.length).toBeGreaterThan(30)
    expect(found.filter(({ each }) => !SECRETS.has(each))).toEqual([])
  })

  it('give signing all of its secrets, in the policy of Vault and in the volume of Kubernetes', () => {
    const signing = SERVICES.get('signing')?.secrets.toSorted()
    const [, policy = ''] =
      /policy write signing - <<'EOF'\n([^]*?)^EOF/m.exec(read('docs/runbooks/vault.md')) ?? []
    const paths = Array.from(policy.matchAll(/secret\/data\/vpn\/(\w+)/g), ([, each]) => each)
    expect(paths.toSorted()).toEqual(signing)
    const volume = Array.from(
      read('docs/runbooks/kubernetes.md').matchAll(/- secret: \{ name: ([a-z-]+) \}/g),
      ([, each = '']) => each.toUpperCase().replaceAll('-', '_'),
    )
    expect(volume.toSorted()).toEqual(signing)
  })

  it('name the tables that a service needs, and each setting that is the public half of a secret', () => {
    const all = PAGES.map(([, text]) => text).join('\n')
    for (const [service, { settings }] of SERVICES) {
      const schema = `services/${service}/schema.sql`
      const needed = settings.filter((setting) => setting.endsWith('_VERIFIER_KEY'))
      if (existsSync(join(ROOT, schema))) needed.push(schema)
      expect(needed.filter((each) => !all.includes(each))).toEqual([])
    }
  })
})
