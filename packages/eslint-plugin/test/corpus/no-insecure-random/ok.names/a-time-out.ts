export class Session {
  secret = ''
  password = setTimeout(() => undefined, Math.random() * 1000)
}
