import { store } from './store.js'

store.subscribe(() => {})
export const server = store.listening
