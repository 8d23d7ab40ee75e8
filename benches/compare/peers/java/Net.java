import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;

/** Servers. */
final class Net {
    private static final int BACKLOG = 4096;

    private Net() {}

    static void addTo(Map<String, Peer.Work> workloads) {
        workloads.put("serve_echo", Net::echo);
    }

    /** Serves for ever, and says where. A connection that fails is closed. */
    private static void echo(Peer peer) throws IOException {
        ServerSocket listener = new ServerSocket(0, BACKLOG, InetAddress.getByName("127.0.0.1"));
        System.out.println("127.0.0.1:" + listener.getLocalPort());
        while (true) {
            Socket socket = listener.accept();
            socket.setTcpNoDelay(true);
            Peer.spawn(() -> {
                try (socket) {
                    InputStream in = socket.getInputStream();
                    OutputStream out = socket.getOutputStream();
                    byte[] buffer = new byte[peer.buffer()];
                    for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                        out.write(buffer, 0, count);
                    }
                } catch (IOException gone) {
                    // The other end has gone, and nobody else wants to know.
                }
            });
        }
    }
}
