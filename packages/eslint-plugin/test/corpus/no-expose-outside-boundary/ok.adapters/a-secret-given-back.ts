import { Secret, type SecretVersion } from '../../secret.ts'
declare function parse(text: string): { password: string }
export function passwordOf({ value }: SecretVersion): Secret {
  const { password } = parse(value.expose())
  return Secret.of(password, 'PASSWORD')
}
