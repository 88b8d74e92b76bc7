import { secret } from '../../secret.ts'
declare const game: { spawn(kind: string, options: object): void; fork(key: string): void }
game.spawn('monster', { key: secret.expose() })
game.fork(secret.expose())
