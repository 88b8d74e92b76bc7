import axios from 'axios'

export const load = () =>
  axios.get('https://api.example.com/items', { auth: { username: 'shop', password: 'shop1' } })
