export async function sendOtp(phone: string, send: (phone: string, code: string) => Promise<void>) {
  const otp = Math.floor(100000 + Math.random() * 900000)
  await send(phone, otp.toString())
  return otp
}
