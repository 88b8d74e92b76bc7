import type { Finding } from '../finding.ts'

/** The page about a rule, as GitHub shows it. Only known where GitHub runs the gate, which says where the repository is. */
export function helpUri(
  { check, rule }: Pick<Finding, 'check' | 'rule'>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env
  if (server === undefined || repository === undefined || commit === undefined) return undefined
  const ours = /^@rekey\/(.+)$/.exec(rule)?.[1]
  const page =
    check === 'lint' && ours !== undefined
      ? `packages/eslint-plugin/docs/rules/${ours}.md`
      : `docs/gate.md#${check}`
  return `${server}/${repository}/blob/${commit}/${page}`
}
