/**
 * Loaded into a child process with `node --import`. The child exits when its parent exits, even by kill -9, because the IPC
 * channel closes. An orphan would keep ports and files.
 */

if (process.channel !== undefined) {
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref(); // the channel alone must not keep the process running
}
