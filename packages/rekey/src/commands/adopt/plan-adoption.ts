import { KINDS } from '../../family/all-kinds.ts'
import { extendLeakConfig, LEAK_CONFIG, leakConfigText } from './leak-config.ts'
import type { FoundVariable, Survey } from './survey.ts'

/** A variable that becomes a secret of a kind. */
interface AdoptedSecret {
  readonly from: FoundVariable
  readonly kind: 'database' | 'oidc-client' | 'integration'
  /** In the definition: `secrets.stripe`. */
  readonly property: string
  /** As a family names it: the service, and a label for an integration secret. */
  readonly parties: readonly string[]
  /** In the store and in `.env`. */
  readonly name: string
}

/** A file that adoption makes. */
export interface PlannedFile {
  /** Relative to the top of the repository. */
  readonly path: string
  readonly text: string
  /** Other names of a file of this purpose: one that is there is meant in place of `path`. */
  readonly otherNames?: readonly string[]
  /** Extends the text of a file that is there; undefined where that is not safe. */
  readonly extend?: (before: string) => string | undefined
  /** The lines to bring into a file that is not extended. Default: the whole text. */
  readonly lines?: string
}

/** How a repository is adopted: nothing has been written yet. */
export interface Adoption {
  readonly service: string
  readonly secrets: readonly AdoptedSecret[]
  readonly settings: readonly FoundVariable[]
  readonly files: readonly PlannedFile[]
  /** Packages to install. */
  readonly packages: readonly string[]
}

/** By the form of a name: the kind of secret it holds. The first that fits counts. */
const FORMS: readonly (readonly [form: RegExp, kind: AdoptedSecret['kind']])[] = [
  [/^(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG)(?:_\w+)?_(?:URL|URI|DSN)$/, 'database'],
  [/^(?:OIDC|OAUTH|AUTH)(?:_\w+)?_SECRET$|CLIENT_SECRET$/, 'oidc-client'],
  [
    /(?:^|_)(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|SECRET_KEY|PRIVATE_KEY|ACCESS_KEY|SIGNING_KEY|CREDENTIALS?)$/,
    'integration',
  ],
]
/** Of the platform, of the listener, or of Rekey itself. */
const KNOWN = /^(?:NODE_\w+|CI|TZ|HOME|PATH|PORT|HOST|HEALTH_\w+|REKEY_\w+|NO_COLOR|FORCE_COLOR)$/

/** The declaration of a kind in a definition, and the package that has it. */
const SPECS = {
  database: { from: '@rekey/db-pool-rotator', call: 'postgresLogin', takesName: false },
  'oidc-client': { from: '@rekey/oidc-client', call: 'oidcClient', takesName: false },
  integration: { from: '@rekey/integration-secret', call: 'integrationSecret', takesName: true },
} as const

/** Plans how a repository with one service is adopted, from its survey alone. */
export function planAdoption(survey: Survey, service: string): Adoption {
  const secrets = adoptedSecrets(survey.variables, service)
  const taken = new Set(secrets.flatMap(({ from, name }) => [from.name, name]))
  const settings = survey.variables.filter(({ name }) => !KNOWN.test(name) && !taken.has(name))
  const extension = survey.isTypeScript ? 'ts' : 'mjs'
  const specs = [...new Set(secrets.map(({ kind }) => SPECS[kind]))]
  return {
    ...{ service, secrets, settings },
    packages: [
      ...['@rekey/config-loader', ...specs.map(({ from }) => from)],
      ...(survey.dependencies.includes('pino') ? ['@rekey/log-redactor'] : []),
      'zod',
    ],
    files: [
      { path: 'family.json', text: familyText(service, secrets) },
      {
        path: `services/${service}/src/secrets.${extension}`,
        text: definitionText(service, secrets, settings),
      },
      { path: 'gate.json', text: jsonText({ lint: [LINTED] }), extend: extendGate },
      {
        path: 'eslint.config.mjs',
        ...lintTexts(survey.isTypeScript),
        otherNames: ['js', 'cjs', 'ts', 'mts', 'cts'].map((end) => `eslint.config.${end}`),
      },
      { path: LEAK_CONFIG, text: leakConfigText(), extend: extendLeakConfig },
    ],
  }
}

/** The folder of the services, which the gate lints. */
const LINTED = 'services'

function jsonText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** Adds the services to what is linted. Without such a list, the gate lints everything. */
function extendGate(before: string): string | undefined {
  const gate = parseObject(before)
  const lint = gate?.['lint']
  if (gate === undefined || lint === undefined) return gate && before
  if (!Array.isArray(lint)) return undefined
  if (lint.some((place) => place === LINTED || place === '.')) return before
  return jsonText({ ...gate, lint: [...(lint as unknown[]), LINTED] })
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** A service has one database login and one OIDC client: a second one is an integration secret, to be examined. */
function adoptedSecrets(variables: readonly FoundVariable[], service: string): AdoptedSecret[] {
  const [kinds, labels] = [new Set<string>(), new Set([service])]
  return variables.flatMap((from) => {
    const form = KNOWN.test(from.name) ? undefined : FORMS.find(([one]) => one.test(from.name))
    if (form === undefined) return []
    const kind = kinds.has(form[1]) ? 'integration' : form[1]
    if (kind !== 'integration') kinds.add(kind)
    const label = freeLabel(from.name, labels)
    if (kind === 'integration') labels.add(label)
    const parties = kind === 'integration' ? [service, label] : [service]
    const name = KINDS.get(kind)?.storeName(...parties) ?? ''
    const property = kind === 'integration' ? camelCase(label) : PROPERTIES[kind]
    return { from, kind, property, parties, name }
  })
}

const PROPERTIES = { database: 'database', 'oidc-client': 'oidc' } as const

function camelCase(words: string): string {
  return words.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** `STRIPE_API_KEY` is `stripe`, unless that is taken. */
function freeLabel(name: string, taken: ReadonlySet<string>): string {
  const whole = name.toLowerCase().replaceAll('_', '-')
  const short = whole.replace(
    /-(?:secret|token|password|passwd|passphrase|api-?key|credentials?)$/,
    '',
  )
  return taken.has(short) ? whole : short
}

function familyText(service: string, secrets: readonly AdoptedSecret[]): string {
  const integrations = secrets.filter(({ kind }) => kind === 'integration')
  const has = (kind: AdoptedSecret['kind']) => secrets.some((one) => one.kind === kind)
  const family = {
    $schema: './node_modules/@rekey/rekey/family.schema.json',
    services: [service],
    ...(integrations.length > 0 && {
      secrets: { integration: integrations.map(({ parties }) => parties.join(':')) },
    }),
    ...(has('database') && { databases: [{ service }] }),
    ...(has('oidc-client') && { clients: [{ service, clientId: service }] }),
  }
  return jsonText(family)
}

function definitionText(
  service: string,
  secrets: readonly AdoptedSecret[],
  settings: readonly FoundVariable[],
): string {
  const specs = [...new Set(secrets.map(({ kind }) => SPECS[kind]))]
  const lines = [
    "import { defineService, listenerSettings } from '@rekey/config-loader'",
    ...specs.map(({ call, from }) => `import { ${call} } from '${from}'`),
    "import { z } from 'zod'",
    '',
    `/** The settings and secrets of ${service}. */`,
    'export const definition = defineService({',
    `  name: '${service}',`,
    '  settings: z.object({',
    '    ...listenerSettings,',
    ...settings.map(({ name, where, hasFallback }) => {
      const schema = hasFallback ? 'z.string().optional()' : 'z.string().min(1)'
      return `    /** ${where} */\n    ${name}: ${schema},`
    }),
    '  }),',
    '  secrets: {',
    ...secrets.map((one) => {
      const { call, takesName } = SPECS[one.kind]
      const argument = takesName ? `'${one.parties[1] ?? ''}'` : ownerOf(one, service)
      return `    /** Was ${one.from.name} in ${one.from.where}. */\n    ${one.property}: ${call}(${argument}),`
    }),
    '  },',
    '})',
    '',
  ]
  return lines.join('\n')
}

function ownerOf({ kind }: AdoptedSecret, service: string): string {
  return kind === 'database' ? `{ ownerRole: '${service}' }` : ''
}

/** The whole configuration, and the lines of it that one that is there needs: it is code, which a program cannot extend safely. */
function lintTexts(isTypeScript: boolean): { text: string; lines: string } {
  const parser = `  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
  },`
  const imports = [
    "import rekey from '@rekey/eslint-plugin'",
    "import { lintGrants, loadFamily } from '@rekey/rekey'",
  ]
  const entries = [
    '  ...rekey.configs.rekey,',
    `  { rules: { '@rekey/service-access': ['error', { grants: lintGrants(family) }] } },`,
  ]
  const family = 'const family = await loadFamily(import.meta.dirname)'
  const typed = isTypeScript ? ["import tseslint from 'typescript-eslint'"] : []
  const before = isTypeScript ? [parser] : []
  return {
    text: [
      ...[...imports, ...typed, '', family, '', 'export default ['],
      ...[...before, ...entries, ']', ''],
    ].join('\n'),
    lines: [...imports, '', family, '', '// in the exported list:', ...entries].join('\n'),
  }
}
