import { secret } from '../../secret.ts'
import Router from '@koa/router'
const router = new Router()
router.get('/', (ctx) => {
  ctx.cookies.set('key', secret.expose())
})
