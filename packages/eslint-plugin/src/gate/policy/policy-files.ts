/** The configuration of the gate and of its programs, and what runs it. */
const POLICY_FILES =
  /^(?:gate\.json|\.gitleaks\.toml|\.gitleaksignore|eslint\.config\.\w+|\.github\/workflows\/.*|\.gitlab-ci\.yml|\.pre-commit-config\.yaml)$/

/** Whether a file of the work tree decides what the gate checks, or whether it runs. */
export function isPolicyFile(file: string): boolean {
  return POLICY_FILES.test(file)
}
