exports.otpGenerate = (length) => {
  const digits = '0123456789'
  let code = ''
  for (let left = length; left > 0; --left) {
    code += digits[Math.round(Math.random() * (digits.length - 1))]
  }
  return code
}
