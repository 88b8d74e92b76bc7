const sixDigits = () => Math.floor(100000 + Math.random() * 900000)

function addCode(user) {
  const number = sixDigits()
  user.secretToken = String(number)
  return user
}
module.exports = addCode
