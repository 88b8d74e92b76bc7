import type { SourceSurvey } from './source-survey.ts'
import type { Survey } from './survey.ts'

const PLUGIN = '@rekey/eslint-plugin'
/** Folders of what a build writes. */
const BUILT = ['dist', 'build', 'out', 'coverage', '.next', '.nuxt', '.output']

/** A configuration of ESLint with the rules of Rekey alone, for a repository without one. */
export function lintConfigText({ manifest, code, isTypeScript }: Survey, ignored: string): string {
  const built = BUILT.filter((name) =>
    new RegExp(`^/?${name.replace('.', '\\.')}/?$`, 'm').test(ignored),
  )
  const hasJsx = manifest.ranges.has('react') || [...code.keys()].some((path) => path.endsWith('x'))
  return [
    `import rekey from '${PLUGIN}'`,
    ...(isTypeScript ? ["import tseslint from 'typescript-eslint'"] : []),
    '',
    'export default [',
    ...(built.length === 0
      ? []
      : [`  { ignores: [${built.map((name) => `'${name}/'`).join(', ')}] },`]),
    ...sourceTypes({ manifest, code }),
    ...(isTypeScript
      ? ["  { files: ['**/*.{ts,tsx,mts,cts}'], languageOptions: { parser: tseslint.parser } },"]
      : []),
    ...(hasJsx
      ? [
          "  { files: ['**/*.{js,jsx,tsx}'], languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } } },",
        ]
      : []),
    '  ...rekey.configs.recommended,',
    ']',
    '',
  ].join('\n')
}

/** A bundler has modules in a package that is none for Node.js. */
function sourceTypes({ manifest, code }: Pick<Survey, 'manifest' | 'code'>): string[] {
  if (manifest.isModule) return []
  const files = [...code].filter(([path]) => path.endsWith('.js'))
  const modules = files.filter(([, { isModule }]) => isModule).map(([path]) => path)
  const scripts = files.filter(([, { isModule }]) => !isModule).map(([path]) => path)
  const line = (globs: readonly string[], sourceType: string) =>
    `  { files: [${globs.join(', ')}], languageOptions: { sourceType: '${sourceType}' } },`
  if (modules.length > scripts.length) {
    return scripts.length === 0 ? [] : [line(scripts.map(globOf), 'commonjs')]
  }
  const others = modules.length === 0 ? [] : [line(modules.map(globOf), 'module')]
  return [line(["'**/*.js'"], 'commonjs'), ...others]
}

const globOf = (path: string) => JSON.stringify(path.replaceAll(/[[\]{}()*?!+@\\]/g, '\\$&'))

/** The lines for a configuration that no program can extend. */
export const LINT_LINES = [
  `import rekey from '${PLUGIN}'`,
  '',
  '// at the end of the exported list:',
  '  ...rekey.configs.recommended,',
].join('\n')

/** Puts the rules at the end of the list that a configuration exports; undefined where it has none that a program can see. */
export function extendLintConfig(
  text: string,
  syntax: SourceSurvey | undefined,
): string | undefined {
  if (text.includes(PLUGIN)) return text
  const list = syntax?.list
  if (syntax === undefined || list === undefined) return undefined
  const { isModule, quote, hasSemicolons } = syntax.entry
  const end = hasSemicolons ? ';' : ''
  const load = isModule
    ? `import rekey from ${quote}${PLUGIN}${quote}${end}\n`
    : `const rekey = require(${quote}${PLUGIN}${quote}).default${end}\n`
  const entry = `${list.isEmpty ? '' : ', '}...rekey.configs.recommended`
  const { start } = list
  return text.slice(0, start) + load + text.slice(start, list.at) + entry + text.slice(list.at)
}
