import { type Secret, secret } from '../../secret.ts'
declare function compose(parts: TemplateStringsArray, ...secrets: Secret[]): Secret
export const dsn = compose`postgresql://frontend:${secret}@localhost/vpn`
