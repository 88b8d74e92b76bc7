// ---- a-token-in-a-query
export const load = (base: string, accessToken: string) =>
  fetch(`${base}/me?access_token=${accessToken}`) // expect: suspiciousName

// ---- a-token-in-a-header
export const load = (base: string, accessToken: string) =>
  fetch(`${base}/me?fields=name`, { headers: { authorization: `Bearer ${accessToken}` } })

// ---- the-token-of-a-page
export const load = (base: string, nextPageToken: string) =>
  fetch(`${base}/users?pageToken=${nextPageToken}`)

// ---- a-key-as-a-parameter.js
import axios from 'axios'
axios.get('/maps', { params: { key: process.env.MAPS_API_KEY } }) // expect: suspiciousName
axios.get('/maps', { params: { place: process.env.PLACE } })
