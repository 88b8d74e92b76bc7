import { type SecretVersion } from '../../secret.ts'
function print(version: SecretVersion) {
  console.log(version.version)
}
