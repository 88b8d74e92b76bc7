import type { Finding } from '../finding.ts'
import type { GatePolicy } from '../gate-policy.ts'

/** The page about a rule, if the repository has one, as GitHub shows it. GitHub names the repository where it runs the gate. */
export function helpUri(
  { check, rule }: Pick<Finding, 'check' | 'rule'>,
  env: Readonly<Record<string, string | undefined>>,
  pages: GatePolicy['pages'],
): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env
  if (server === undefined || repository === undefined || commit === undefined) return undefined
  if (pages === undefined) return undefined
  const ours = /^@rekey\/(.+)$/.exec(rule)?.[1]
  const page =
    check === 'lint' && ours !== undefined
      ? `${pages.rules}/${ours}.md`
      : `${pages.findings}#${check}`
  return `${server}/${repository}/blob/${commit}/${page}`
}
