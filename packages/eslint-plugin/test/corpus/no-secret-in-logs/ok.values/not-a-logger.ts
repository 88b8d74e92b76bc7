import { secret } from '../../secret.ts'
declare const blog: { info(text: string): void }
blog.info(secret.expose())
