import process from 'node:process'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
const [folder = '', which = ''] = process.argv.slice(2)
const startMs = performance.now(); const c0 = process.cpuUsage()
const extra: any[] = []
if (which !== 'base') {
  const { default: plugin } = await import('@rekey/eslint-plugin') as any
  const strict = plugin.configs.strict
  const names = which === 'all' ? Object.keys(plugin.rules) : which.startsWith('-') ? Object.keys(plugin.rules).filter((r) => !which.slice(1).split(',').includes(r)) : which.split(',')
  let plug = plugin
  if (process.env['NOOP']) { const ls = process.env['NOOP']; plug = { ...plugin, rules: Object.fromEntries(Object.entries(plugin.rules).map(([k, r]: any) => [k, { ...r, create(ctx: any) { const l = r.create(ctx); if (ls === 'create') return {}; return Object.fromEntries(Object.keys(l).map((s) => [s, () => {}])) } }])) } }
  extra.push({ plugins: { '@rekey': plug }, rules: Object.fromEntries(names.map((n) => [`@rekey/${n}`, strict[0].rules[`@rekey/${n}`]])) })
}
const eslint = new ESLint({ cwd: folder, overrideConfigFile: true, overrideConfig: [
  { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser as any, parserOptions: { projectService: true, tsconfigRootDir: folder } } },
  { files: ['**/*.ts'], plugins: { '@typescript-eslint': tseslint.plugin as any }, rules: { '@typescript-eslint/await-thenable': 'error','@typescript-eslint/no-floating-promises': 'error','@typescript-eslint/no-for-in-array': 'error','@typescript-eslint/no-misused-promises': 'error','@typescript-eslint/require-await': 'error' } }, ...extra] })
await eslint.lintFiles(['**/*.ts'])
const { user, system } = process.cpuUsage(c0)
process.send!({ cpu: (user + system) / 1000, user: user/1000, sys: system/1000, wall: performance.now() - startMs })
process.disconnect()
