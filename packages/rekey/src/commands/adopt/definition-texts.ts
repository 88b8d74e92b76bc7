import type { AdoptedSecret, SortedVariables } from './name-secrets.ts'
import { literal, type ModuleStyle } from './wire-entry.ts'

/** The declaration of a kind in a definition, and the package that has it. */
const SPECS = {
  database: { from: '@rekey/db-pool-rotator', call: 'postgresLogin', takesName: false },
  'oidc-client': { from: '@rekey/oidc-client', call: 'oidcClient', takesName: false },
  integration: { from: '@rekey/integration-secret', call: 'integrationSecret', takesName: true },
} as const

/** The packages that declare secrets of these kinds. */
export function packagesOf(secrets: readonly AdoptedSecret[]): string[] {
  return [...new Set(secrets.map(({ kind }) => SPECS[kind].from))]
}

/** The contents of the two modules. */
export interface Adopted extends SortedVariables {
  readonly service: string
  readonly style: ModuleStyle
  /** The module of zod 4: `zod`, or `zod/v4` of zod 3.25. */
  readonly zod: string
  /** `.env` files that the application loads itself. */
  readonly envFiles: readonly string[]
}

/** The names of both modules, without their ending. */
export const MODULES = { definition: 'rekey-secrets', wiring: 'rekey' } as const

/** The module that declares the settings and secrets. */
export function definitionText({ service, style, zod, secrets, settings }: Adopted): string {
  const calls = [...new Set(secrets.map(({ kind }) => SPECS[kind]))]
  return moduleText(style, [
    ...imports(style, [
      [['defineService'], '@rekey/config-loader'],
      ...calls.map(({ call, from }) => [[call], from] as const),
      [['z'], zod],
    ]),
    '',
    `/** The settings and secrets of ${service}. */`,
    `${style.isModule ? 'export ' : ''}const definition = defineService({`,
    `  name: '${service}',`,
    '  settings: z.object({',
    ...settings.map(({ name, where, isOptional }) => {
      const schema = isOptional ? 'z.string().optional()' : 'z.string().min(1)'
      return `    /** ${inComment(where)} */\n    ${keyOf(name)}: ${schema},`
    }),
    '  }),',
    '  secrets: {',
    ...secrets.map((secret) => {
      const { call, takesName } = SPECS[secret.kind]
      const argument = takesName ? `'${secret.parties[1] ?? ''}'` : ''
      return `    /** ${descriptionOf(secret)} */\n    ${secret.property}: ${call}(${argument}),`
    }),
    '  },',
    '})',
    ...(style.isModule ? [] : ['', 'module.exports = { definition }']),
  ])
}

const USES: ReadonlyMap<AdoptedSecret['use'], string> = new Map([
  ['signing key', 'a key with which the service signs or encrypts'],
  ['database password', 'a password alone: as a URL, DATABASE_…, the login could be rotated'],
])

function descriptionOf({ from, use }: AdoptedSecret): string {
  const more = USES.get(use)
  return inComment(`${from.name}, in ${from.where}${more === undefined ? '' : `: ${more}`}.`)
}

/** The module that the entry loads: it masks the secrets, and reports those that break their rule. */
export function wiringText({ style, secrets, envFiles }: Adopted): string {
  const optional = secrets.filter(({ from }) => from.isOptional)
  return moduleText(style, [
    ...imports(style, [
      [['loadService'], '@rekey/config-loader'],
      [['adoptProcess'], '@rekey/config-loader/host'],
      [['createRedactor'], '@rekey/log-redactor'],
      [['definition'], `./${MODULES.definition}${style.specifierEnd}`],
    ]),
    '',
    '/** Masks the secrets in all output. What breaks its rule is reported, and refused with `enforce: true`. */',
    `${style.isModule ? 'export ' : ''}const service = adoptProcess(process, {`,
    ...(optional.length === 0
      ? ['  load: (options) => loadService(definition, options),']
      : [
          '  load: (options) =>',
          '    loadService(definition, {',
          '      ...options,',
          '      policies: {',
          ...optional.map(({ property }) => `        ${property}: { need: 'optional' },`),
          '      },',
          '    }),',
        ]),
    '  redactor: (secrets) => createRedactor({ secrets }),',
    '  /** The variable that has each secret today. Remove a line once the secret comes by its own name. */',
    '  variables: {',
    ...secrets.map(({ name, from }) => `    ${name}: ${literal(from.name)},`),
    '  },',
    ...(envFiles.length === 0
      ? []
      : [`  envFiles: [${envFiles.map((file) => `'${file}'`).join(', ')}],`]),
    '  enforce: false,',
    '})',
    ...(style.isModule ? [] : ['', 'module.exports = { service }']),
  ])
}

/** The file by which Next.js loads the wiring, once for each server process. */
export function instrumentationText(style: ModuleStyle): string {
  return moduleText(style, [
    '/** Called by Next.js before the server answers. */',
    'export async function register() {',
    `  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./${MODULES.wiring}${style.specifierEnd}')`,
    '}',
  ])
}

function imports(
  { isModule }: ModuleStyle,
  modules: readonly (readonly [names: readonly string[], from: string])[],
): string[] {
  return modules.map(([names, from]) => {
    const list = `{ ${names.join(', ')} }`
    return isModule ? `import ${list} from '${from}'` : `const ${list} = require('${from}')`
  })
}

/** A name of the repository: any text may be one, and a file, too. */
const inComment = (text: string) => text.replaceAll('*/', '* /')

/** Computed where it would be no name, or the prototype. */
function keyOf(name: string): string {
  return /^(?!__proto__$)[A-Za-z_$][\w$]*$/.test(name) ? name : `[${literal(name)}]`
}

/** With the quotes and semicolons of the entry. */
function moduleText({ quote, semicolon }: ModuleStyle, written: readonly string[]): string {
  const lines = withoutEmpty(written)
  const text = lines.map((line) => {
    const isWhole = /^(?:import|const .* = require|module\.exports)|^\}\)$/.test(line)
    return isWhole ? `${line}${semicolon}` : line
  })
  const joined = `${text.join('\n')}\n`
  return quote === "'" ? joined : joined.replaceAll("'", quote)
}

/** An object without properties takes one line. */
function withoutEmpty(lines: readonly string[]): string[] {
  return lines.reduce<string[]>((all, line) => {
    const last = all.at(-1) ?? ''
    const isEmpty = last.endsWith('{') && /^\s*\}/.test(line)
    return isEmpty ? [...all.slice(0, -1), last + line.trimStart()] : [...all, line]
  }, [])
}
