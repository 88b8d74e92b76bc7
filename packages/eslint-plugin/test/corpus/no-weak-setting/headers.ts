// ---- a-header-of-node
import { createServer } from 'node:http'

createServer((req, res) => {
  const sid = open(req)
  res.setHeader('Set-Cookie', `sid=${sid}; Path=/; Secure`) // expect: scriptCookie
  res.setHeader('Set-Cookie', `sid=${sid}; Path=/; Secure; HttpOnly`)
  res.end()
})

// ---- a-list-of-cookies.js
const { createServer } = require('http')

createServer((req, res) => {
  res.setHeader('set-cookie', ['lang=en', 'session=' + open(req) + '; path=/']) // expect: scriptCookie
  res.setHeader('set-cookie', ['lang=en', 'session=' + open(req) + '; path=/; httponly'])
  res.end()
})

// ---- a-header-in-an-object.js
const { createServer } = require('http')

createServer((req, res) => {
  res.writeHead(302, { Location: '/', 'Set-Cookie': `token=${open(req)}` }) // expect: scriptCookie
  res.end()
})

// ---- a-header-of-a-response
export const login = (jwt: string) =>
  new Response(null, {
    headers: { 'Set-Cookie': `jwt=${jwt}; Max-Age=3600; Secure; HttpOnly; SameSite=Lax` },
  })

// ---- attributes-that-are-not-shown.js
const { createServer } = require('http')

createServer((req, res) => {
  res.setHeader('Set-Cookie', `session=${open(req)}; ${attributes}`)
  res.setHeader('Set-Cookie', 'session=' + open(req) + attributes)
  res.setHeader('Set-Cookie', cookie)
  res.end()
})

// ---- a-header-of-a-preference.js
const { createServer } = require('http')

createServer((req, res) => {
  res.setHeader('Set-Cookie', `theme=${req.url}; Path=/`)
  res.setHeader('X-Session', 'session=1')
  res.end()
})

// ---- a-header-that-deletes.js
const { createServer } = require('http')

createServer((req, res) => {
  res.setHeader('Set-Cookie', 'session=; Max-Age=0; Path=/')
  res.end()
})
