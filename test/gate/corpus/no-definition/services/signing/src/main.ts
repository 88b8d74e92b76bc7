process.stdout.write('nothing to start\n')
