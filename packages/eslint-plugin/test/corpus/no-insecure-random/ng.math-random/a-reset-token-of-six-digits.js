exports.forgot = async (user) => {
  user.resetToken = Math.floor(100000 + Math.random() * 900000)
  await user.save()
}
