// ---- a-cookie.js
import { secret } from '../../secret.ts'
import Router from '@koa/router'
const router = new Router()
router.get('/', (ctx) => {
  ctx.cookies.set('key', secret.expose()) // expect: exposedSecret
})

// ---- the-keys-of-an-app
import { secret } from '../../secret.ts'
import Koa from 'koa'
const app = new Koa()
app.keys = [secret.expose()]
app.use(async (ctx) => {
  ctx.cookies.set('user', ctx.state['user'], { signed: true })
})

// ---- a-header
import { secret } from '../../secret.ts'
import type { Context } from 'koa'
export const mark = (ctx: Context) => {
  ctx.set('x-key', secret.expose()) // expect: exposedSecret
  ctx.response.body = 'done'
}

// ---- a-state
import { secret } from '../../secret.ts'
import type { Context } from 'koa'
export const prepare = (ctx: Context) => {
  ctx.state.key = secret.expose()
  ctx.body = { ready: true }
}

// ---- the-body
import { secret } from '../../secret.ts'
import Koa from 'koa'
const app = new Koa()
app.use(async (ctx) => {
  ctx.body = { key: secret.expose() } // expect: exposedSecret
})

// ---- the-body-of-a-request
import { secret } from '../../secret.ts'
declare const request: { body: object; send(): Promise<void> }
request.body = { key: secret.expose() }
await request.send()
