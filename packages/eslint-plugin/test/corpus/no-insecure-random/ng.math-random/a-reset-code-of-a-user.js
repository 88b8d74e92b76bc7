exports.forgot = async (user, mailer) => {
  user.resetCode = String(Math.floor(Math.random() * 1e6)).padStart(6, '0')
  await user.save()
  await mailer.send(user.email, user.resetCode)
}
