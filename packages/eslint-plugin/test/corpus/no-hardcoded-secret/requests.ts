// ---- a-basic-header.js
const headers = { authorization: 'Basic ' + Buffer.from('admin:hunter2').toString('base64') } // expect: namedSecret

module.exports = { headers }

// ---- a-bearer-header
export const load = () =>
  fetch('https://api.example.com', {
    headers: { Authorization: 'Bearer RANDOM_BASE64URL_40' }, // expect: namedSecret
  })

// ---- a-header-that-is-set
export function authorize(headers: Headers) {
  headers.set('X-Api-Key', 'RANDOM_HEX_32') // expect: namedSecret
}

// ---- a-key-of-an-sdk
import OpenAI from 'openai'

export const openai = new OpenAI({ apiKey: 'sk-proj-RANDOM_ALNUM_40' }) // expect: givenSecret

// ---- a-login-of-a-bot.js
const { Client } = require('discord.js')

const client = new Client({ intents: [] })
client.login('RANDOM_BASE64URL_24.RANDOM_BASE64URL_6.RANDOM_BASE64URL_38') // expect: givenSecret

// ---- aws
import { S3Client } from '@aws-sdk/client-s3'

export const s3 = new S3Client({
  region: 'eu-central-1',
  credentials: { accessKeyId: 'minio', secretAccessKey: 'minio123' }, // expect: givenSecret
})

// ---- aws-from-its-chain
import { S3Client } from '@aws-sdk/client-s3'
import { fromNodeProviderChain } from '@aws-sdk/credential-providers'

export const s3 = new S3Client({ region: 'eu-central-1', credentials: fromNodeProviderChain() })

// ---- axios-basic-auth
import axios from 'axios'

export const load = () =>
  axios.get('https://api.example.com/items', { auth: { username: 'shop', password: 'shop1' } }) // expect: givenSecret

// ---- express-basic-auth.js
const basicAuth = require('express-basic-auth')

app.use(basicAuth({ users: { admin: 'supersecret' }, challenge: true })) // expect: givenSecret

// ---- nodemailer
import nodemailer from 'nodemailer'

export const mailer = nodemailer.createTransport({
  service: 'gmail',
  auth: { user: 'shop@example.com', pass: 'abcd efgh ijkl mnop' }, // expect: givenSecret
})

// ---- twilio.js
const client = require('twilio')('ACRANDOM_HEX_32', 'RANDOM_HEX_32') // expect: givenSecret

module.exports = client

// ---- a-header-without-a-token
export const headers = {
  'Access-Control-Allow-Headers': 'Authorization, X-Api-Key',
  'WWW-Authenticate': 'Bearer realm="shop"',
  authorization: 'Bearer',
}

// ---- a-token-in-a-template
export const headers = (token: string) => ({ Authorization: `Bearer ${token}` })
export const other = (key: string) => new Headers([['authorization', `Basic ${btoa(key)}`]])

// ---- an-example-of-a-header
export const documentation = {
  Authorization: 'Bearer <token>',
  'X-Api-Key': 'your-api-key',
}

// ---- a-bearer-header-of-a-word
import axios from 'axios'
axios.defaults.headers.common['Authorization'] = 'Bearer opensesame' // expect: namedSecret

// ---- a-header-of-xhr.js
const xhr = new XMLHttpRequest()
xhr.open('GET', 'https://api', true, 'me', 'hidden') // expect: givenSecret
xhr.setRequestHeader('Authorization', 'Bearer abcdef123') // expect: namedSecret

// ---- a-user-list-of-basic-auth.js
const basicAuth = require('express-basic-auth')
module.exports = basicAuth({ users: { admin: 'abc', ops: 'def' } }) // expect: givenSecret

// ---- aws-v2.js
const AWS = require('aws-sdk')
AWS.config.update({ accessKeyId: 'AKID', secretAccessKey: 'abcd' }) // expect: givenSecret
const credentials = new AWS.Credentials('AKID', 'abcde') // expect: givenSecret
module.exports = { credentials }

// ---- aws-v3-of-a-function
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
function credentials() {
  return { accessKeyId: 'local', secretAccessKey: 'local' } // expect: givenSecret
}
export const client = new DynamoDBClient({ credentials: credentials() })

// ---- axios-auth-and-proxy
import axios from 'axios'
export const get = () => axios.get('https://api', { auth: { username: 'me', password: 'me' } }) // expect: givenSecret
export const api = axios.create({
  proxy: { host: 'p', port: 1, auth: { username: 'me', password: 'me' } }, // expect: givenSecret
})

// ---- azure
import { ClientSecretCredential } from '@azure/identity'
import { StorageSharedKeyCredential } from '@azure/storage-blob'
export const login = new ClientSecretCredential('tenant', 'client', 'shh') // expect: givenSecret
export const storage = new StorageSharedKeyCredential('account', 'c2hobQ==') // expect: givenSecret

// ---- fetch-of-a-basic-header
export const get = () =>
  fetch('https://api', {
    headers: { Authorization: 'Basic ' + Buffer.from('me:hidden').toString('base64') }, // expect: namedSecret
  })

// ---- a-bearer-of-a-variable
export const get = (token: string) =>
  fetch('https://api', { headers: { Authorization: `Bearer ${token}` } })

// ---- fetch-of-a-login-in-constants
const user = 'me'
const password = 'hidden'
export const get = () =>
  fetch('https://api', { headers: { Authorization: 'Basic ' + btoa(`${user}:${password}`) } }) // expect: namedSecret

// ---- fetch-of-btoa
export const get = () =>
  fetch('https://api', { headers: { authorization: `Basic ${btoa('me:hidden')}` } }) // expect: namedSecret

// ---- google.js
const { google } = require('googleapis')
const { OAuth2Client } = require('google-auth-library')
exports.one = new google.auth.OAuth2('id', 'shh', 'https://app/back') // expect: givenSecret
exports.two = new OAuth2Client('id', 'shh') // expect: givenSecret
exports.three = new OAuth2Client({ clientId: 'id', clientSecret: 'shh' }) // expect: givenSecret

// ---- got-password
import got from 'got'
export const get = () => got('https://api', { username: 'me', password: 'me' }) // expect: givenSecret

// ---- headers-of-a-request
const headers = new Headers()
headers.append('Authorization', 'Basic ' + btoa('me:hidden')) // expect: namedSecret
export const request = new Request('https://api', { headers })

// ---- http-request-auth
import http from 'node:http'
export const get = () => http.request({ host: 'api', auth: 'me:pw' }) // expect: givenSecret

// ---- nodemailer-oauth
import nodemailer from 'nodemailer'
export const mail = nodemailer.createTransport({
  auth: { type: 'OAuth2', user: 'shop@x', clientSecret: 'abc', refreshToken: 'def' }, // expect: givenSecret
})

// ---- oauth-strategy.js
const { Strategy } = require('passport-google-oauth20')
module.exports = new Strategy(
  { clientID: 'id', clientSecret: 'abc', callbackURL: '/back' }, // expect: givenSecret
  () => {},
)

// ---- octokit
import { Octokit } from '@octokit/rest'
export const github = new Octokit({ auth: 'abc' }) // expect: givenSecret

// ---- openai-of-a-fallback
import OpenAI from 'openai'
export const ai = new OpenAI({ apiKey: process.env.OPENAI_API_KEY ?? 'abc' }) // expect: givenSecret

// ---- request-auth.js
const request = require('request')
request.get('https://api').auth('me', 'pw', false) // expect: givenSecret
request.get('https://api', { auth: { user: 'me', pass: 'pw' } }) // expect: givenSecret

// ---- slack-and-sendgrid
import sendgrid from '@sendgrid/mail'
import { WebClient } from '@slack/web-api'
sendgrid.setApiKey('abc') // expect: givenSecret
export const slack = new WebClient('def') // expect: givenSecret

// ---- stripe-and-twilio.js
const stripe = require('stripe')('abc') // expect: givenSecret
const twilio = require('twilio')('AC1', 'def') // expect: givenSecret
module.exports = { stripe, twilio }

// ---- superagent-auth.js
const superagent = require('superagent')
superagent.get('https://api').auth('me', 'pw') // expect: givenSecret

// ---- a-placeholder-in-a-header
export const shown = { Authorization: 'Bearer YOUR_TOKEN' }

// ---- a-search-key-of-algolia
const search = 'phc_RANDOM_ALNUM_43'
export const analytics = { apiKey: search }

// ---- a-header-of-a-package-for-base64.js
const base64 = require('base-64')
const [user, password] = ['me', 'hidden']
exports.get = () =>
  fetch('https://api', { headers: { Authorization: `Basic ${base64.encode(`me:hidden`)}` } }) // expect: namedSecret

// ---- soap
import soap from 'soap'
export const security = new soap.BasicAuthSecurity('me', 'hidden') // expect: givenSecret

// ---- a-mask-that-is-compared.js
const SECRET_MASK = '********'
export const changed = (password) => password !== SECRET_MASK
