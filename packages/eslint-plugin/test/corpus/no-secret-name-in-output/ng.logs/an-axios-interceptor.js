import axios from 'axios'
const client = axios.create()
client.interceptors.request.use((config) => {
  console.log('request', config.method, config.url, config.headers.Authorization)
  return config
})
