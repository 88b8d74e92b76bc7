// ---- a-body-of-json-rpc
import { secret } from '../../secret.ts'
import axios from 'axios'
await axios.post('https://api.example.com', { method: 'sign', params: [secret.expose()] })

// ---- a-client-with-its-own-defaults
import { secret } from '../../secret.ts'
import axios from 'axios'
const client = axios.create({ baseURL: 'https://api.example.com' })
await client.get('/users', { params: { key: secret.expose() } }) // expect: exposedSecret

// ---- a-concatenated-query
import { secret } from '../../secret.ts'
declare const base: string
await fetch(base + '/users?limit=10&key=' + secret.expose()) // expect: exposedSecret

// ---- a-header-of-a-request
import { secret } from '../../secret.ts'
await fetch('https://api.example.com/users?limit=10', {
  headers: { authorization: `Bearer ${secret.expose()}` },
})

// ---- a-key-in-a-query
import { secret } from '../../secret.ts'
declare const base: string
const key = secret.expose()
await fetch(`${base}/users?limit=10&key=${encodeURIComponent(key)}`) // expect: exposedSecret

// ---- a-key-in-the-body
import { secret } from '../../secret.ts'
await fetch('https://api.example.com/users?limit=10', {
  method: 'POST',
  body: new URLSearchParams({ client_secret: secret.expose() }),
})

// ---- a-label-in-a-query
import { secret } from '../../secret.ts'
await fetch(`https://api.example.com/keys?name=${secret.label}`)

// ---- a-query-in-another-constant
import { secret } from '../../secret.ts'
declare const base: string
const query = new URLSearchParams({ key: secret.expose() })
const url = `${base}/users?${query}` // expect: exposedSecret
await fetch(url)
await fetch(url)

// ---- a-query-of-a-client.js
import { secret } from '../../secret.ts'
import superagent from 'superagent'
await superagent.get('https://api.example.com').query({ key: secret.expose() }) // expect: exposedSecret

// ---- a-query-of-the-config
import { secret } from '../../secret.ts'
import axios from 'axios'
await axios({ url: 'https://api.example.com', params: { key: secret.expose() } }) // expect: exposedSecret

// ---- a-signed-query
import { secret } from '../../secret.ts'
import { createHmac } from 'node:crypto'
declare const path: string
const signature = createHmac('sha256', secret.expose()).update(path).digest('hex')
await fetch(`https://api.example.com${path}?signature=${signature}`)

// ---- a-url-object
import { secret } from '../../secret.ts'
declare const base: string
await fetch(new URL(`/users?key=${secret.expose()}`, base)) // expect: exposedSecret

// ---- a-websocket
import { secret } from '../../secret.ts'
export const socket = new WebSocket(`wss://api.example.com/?key=${secret.expose()}`) // expect: exposedSecret

// ---- got-and-its-search-parameters
import { secret } from '../../secret.ts'
import got from 'got'
await got('https://api.example.com', { searchParams: { key: secret.expose() } }) // expect: exposedSecret

// ---- got-with-a-header
import { secret } from '../../secret.ts'
import got from 'got'
await got('https://api.example.com', { headers: { 'x-api-key': secret.expose() } })

// ---- node-and-a-path
import { secret } from '../../secret.ts'
import { request } from 'node:https'
request({ host: 'api.example.com', path: `/users?key=${secret.expose()}` }) // expect: exposedSecret

// ---- search-parameters-of-a-url
import { secret } from '../../secret.ts'
const url = new URL('https://api.example.com/users')
url.searchParams.set('api_key', secret.expose()) // expect: exposedSecret
url.searchParams.set('limit', '10')

// ---- a-token-in-the-path
import { secret } from '../../secret.ts'
await fetch(`https://api.example.com/bot${secret.expose()}/send`)

// ---- a-url-that-grows
// missed
import { secret } from '../../secret.ts'
let url = 'https://api.example.com/users?limit=10'
url += `&key=${secret.expose()}`
await fetch(url)
