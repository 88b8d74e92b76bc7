import axios from 'axios'
const client = axios.create()
client.interceptors.response.use((response) => {
  console.log('response', response.status, response.config.url, response.headers['content-length'])
  return response
})
