import type { SecretVersion } from '../../secret.ts'
class SecretError extends Error {}
declare const answers: Map<string, SecretVersion | SecretError>
export function read(name: string) {
  const answer = answers.get(name)
  if (answer instanceof SecretError) throw answer
  return answer
}
