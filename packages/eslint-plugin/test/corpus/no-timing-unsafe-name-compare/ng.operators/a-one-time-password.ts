interface Account {
  otp: string
  otpExpires: Date
}

export function confirm(account: Account, otp: string): boolean {
  return account.otp === otp && account.otpExpires > new Date()
}
