import { initializeApp } from 'firebase/app'

export const app = initializeApp({
  apiKey: 'AIzaRANDOM_BASE64URL_35',
  authDomain: 'shop.firebaseapp.com',
  projectId: 'shop',
  appId: '1:123:web:abc',
})
