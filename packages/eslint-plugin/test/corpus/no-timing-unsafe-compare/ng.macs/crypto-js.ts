import CryptoJS from 'crypto-js'

export function check(message: string, received: string, key: string) {
  const computed = CryptoJS.HmacSHA256(message, key).toString(CryptoJS.enc.Hex)
  return computed === received
}
