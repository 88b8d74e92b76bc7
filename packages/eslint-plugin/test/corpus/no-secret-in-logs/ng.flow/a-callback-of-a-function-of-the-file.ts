import { secret } from '../../secret.ts'
function withKey(key: string, work: (key: string) => void) {
  work(key)
}
withKey(secret.expose(), (key) => console.log(key))
