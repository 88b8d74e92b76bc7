import { access, chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Program, runInstaller } from './program.ts'

const VERSION = '4.3.1'
const SERVER = `kafka_2.13-${VERSION}.jar`

/** Maven copies what it depends on. The log goes to stderr by the binding of the API that Kafka was built with. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rekey</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`

/** The first compiler alone: a server lives for a minute or two, and the second would compete with the tests. */
const SCRIPT = `#!/bin/sh
exec java -Xmx384m -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$(dirname "$0")/../lib/*" "$@"
`

/** Kafka from Maven's central repository. The executable runs a class of it: `kafka kafka.Kafka server.properties`. */
export const kafkaProgram: Program = {
  version: VERSION,
  cost: 'about 25 seconds, 140 MB; needs Maven and Java 17',
  executable: join('bin', 'kafka'),
  isRightVersion: (file) =>
    access(join(file, '..', '..', 'lib', SERVER)).then(
      () => true,
      () => false,
    ),
  async install(directory, environment) {
    await writeFile(join(directory, 'pom.xml'), POM)
    await runInstaller({
      command: 'mvn',
      args: ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'],
      environment,
      ifAbsent: 'mvn is not on PATH: install it, then run this again',
      cwd: directory,
    })
    const script = join(directory, 'bin', 'kafka')
    await mkdir(join(directory, 'bin'))
    await writeFile(script, SCRIPT)
    await chmod(script, 0o755)
  },
}
