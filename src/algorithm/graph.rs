//! Who writes to whom where clients write to one another, and how much each heeds the others.

use std::fmt::Write as _;
use thiserror::Error;

/// Most links of a graph, each way counted: what every client knows of its neighbours then takes 200 MB.
pub const LINKS_MAX: u64 = 1 << 24;

/// An undirected, connected graph of the clients, with Metropolis weights
/// `W_mn = 1 / (1 + max(deg m, deg n))` for neighbours and `W_mm = 1 - Σ_n W_mn`: symmetric, so doubly
/// stochastic. On a ring of three or more they are 1/3 each, on the complete graph 1/M.
///
/// ```
/// use dpac::algorithm::Graph;
/// let ring = Graph::ring(5);
/// assert_eq!((ring.neighbours(0), ring.links()), (&[1, 4][..], 10));
/// assert_eq!(ring.weight(0, 4), 1.0 / 3.0);
/// let line = Graph::of_links(3, &[(0, 1), (1, 2)])?;
/// assert_eq!(line.neighbours(1), [0, 2]);
/// assert_eq!(line.own_weight(0), 1.0 - 1.0 / 3.0);
/// # Ok::<(), dpac::algorithm::GraphError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// Of each client, ascending.
    neighbours: Vec<Vec<u32>>,
}

/// Links that make no graph of the clients.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum GraphError {
    /// A line of a file.
    #[error("line {line}: `{text}` is no link; a link is the numbers of two clients, as in `0 1`")]
    Line {
        /// From 1.
        line: usize,
        /// As far as it is shown.
        text: String,
    },
    /// A client that there is not.
    #[error("a link joins clients {0} and {1}, and clients are 0 to {last}", last = .2 - 1)]
    Client(u32, u32, u32),
    /// A client joined with itself.
    #[error("a link joins client {0} with itself; how much it heeds itself follows from its other links")]
    Loop(u32),
    /// One link twice.
    #[error("there are two links between clients {0} and {1}; a link goes both ways")]
    Twice(u32, u32),
    /// Clients that hear nothing of one another.
    #[error("no links lead from client 0 to client {0}, so that they never agree")]
    Apart(u32),
    /// Too many.
    #[error("it has {0} links, each way counted; at most {LINKS_MAX} are supported")]
    TooMany(u64),
}

impl Graph {
    /// Each client with the one before and the one after it.
    pub fn ring(clients: u32) -> Self {
        let neighbours = |m: u32| {
            let mut both = vec![(m + 1) % clients, (m + clients - 1) % clients];
            both.sort_unstable();
            both.dedup();
            both.retain(|&n| n != m);
            both
        };
        Graph { neighbours: (0..clients).map(neighbours).collect() }
    }

    /// Each client with all others.
    ///
    /// # Errors
    /// [`GraphError::TooMany`], before anything is made.
    pub fn complete(clients: u32) -> Result<Self, GraphError> {
        let links = u64::from(clients) * u64::from(clients).saturating_sub(1);
        if links > LINKS_MAX {
            return Err(GraphError::TooMany(links));
        }
        let neighbours = (0..clients).map(|m| (0..clients).filter(|&n| n != m).collect());
        Ok(Graph { neighbours: neighbours.collect() })
    }

    /// These links, each of which goes both ways.
    ///
    /// # Errors
    /// What is no link, or why they do not join all clients.
    pub fn of_links(clients: u32, links: &[(u32, u32)]) -> Result<Self, GraphError> {
        let mut neighbours = vec![Vec::new(); clients as usize];
        for &(m, n) in links {
            if m >= clients || n >= clients {
                return Err(GraphError::Client(m, n, clients));
            }
            if m == n {
                return Err(GraphError::Loop(m));
            }
            neighbours[m as usize].push(n);
            neighbours[n as usize].push(m);
        }
        for (m, neighbours) in neighbours.iter_mut().enumerate() {
            neighbours.sort_unstable();
            if let Some(pair) = neighbours.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(GraphError::Twice(m as u32, pair[0]));
            }
        }
        let graph = Graph { neighbours };
        match graph.unreached() {
            Some(m) => Err(GraphError::Apart(m)),
            None => Ok(graph),
        }
    }

    /// The links in a file: two numbers a line, `#` before remarks.
    ///
    /// # Errors
    /// The first line that is something else, and too many of them.
    pub fn read_links(text: &str) -> Result<Vec<(u32, u32)>, GraphError> {
        let mut links = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let kept = line.split('#').next().unwrap_or_default();
            let mut words = kept.split_whitespace();
            let link = match (words.next(), words.next(), words.next()) {
                (None, ..) => continue,
                (Some(m), Some(n), None) => m.parse().ok().zip(n.parse().ok()),
                _ => None,
            };
            let Some(link) = link else {
                let text = kept.trim().chars().take(40).collect();
                return Err(GraphError::Line { line: number + 1, text });
            };
            links.push(link);
            if 2 * links.len() as u64 > LINKS_MAX {
                return Err(GraphError::TooMany(2 * links.len() as u64));
            }
        }
        Ok(links)
    }

    /// The links as a file has them.
    pub fn links_as_text(&self) -> String {
        let mut text = String::new();
        for (m, neighbours) in self.neighbours.iter().enumerate() {
            for n in neighbours.iter().filter(|&&n| n as usize > m) {
                let _ = writeln!(text, "{m} {n}");
            }
        }
        text
    }

    /// A client that no links lead to from client 0.
    fn unreached(&self) -> Option<u32> {
        let mut reached = vec![false; self.neighbours.len()];
        let mut ahead = vec![0];
        while let Some(m) = ahead.pop() {
            if !std::mem::replace(reached.get_mut(m as usize)?, true) {
                ahead.extend(&self.neighbours[m as usize]);
            }
        }
        reached.iter().position(|reached| !reached).map(|m| m as u32)
    }

    /// M.
    pub fn clients(&self) -> u32 {
        self.neighbours.len() as u32
    }

    /// `Σ_m deg m`: links, each way counted.
    pub fn links(&self) -> u64 {
        self.neighbours.iter().map(|neighbours| neighbours.len() as u64).sum()
    }

    /// The neighbours of client `m`, ascending.
    pub fn neighbours(&self, m: u32) -> &[u32] {
        &self.neighbours[m as usize]
    }

    /// `W_mn` of two neighbours.
    pub fn weight(&self, m: u32, n: u32) -> f64 {
        let degree = |m: u32| self.neighbours[m as usize].len();
        1.0 / (1.0 + degree(m).max(degree(n)) as f64)
    }

    /// `W_mm`.
    pub fn own_weight(&self, m: u32) -> f64 {
        self.neighbours(m).iter().fold(1.0, |left, &n| left - self.weight(m, n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(clients: u32) -> Graph {
        let links: Vec<(u32, u32)> = (1..clients).map(|m| (m - 1, m)).collect();
        Graph::of_links(clients, &links).expect("a path")
    }

    #[test]
    fn weights_are_doubly_stochastic_on_every_graph() {
        let star = Graph::of_links(5, &[(0, 1), (2, 0), (0, 3), (4, 0)]).expect("a star");
        let complete = Graph::complete(6).expect("a small one");
        for graph in [Graph::ring(1), Graph::ring(2), Graph::ring(3), Graph::ring(7), complete, path(4), star]
        {
            for m in 0..graph.clients() {
                let rest = graph.neighbours(m).iter();
                let row = rest.clone().fold(graph.own_weight(m), |sum, &n| sum + graph.weight(m, n));
                let column = rest.fold(graph.own_weight(m), |sum, &n| sum + graph.weight(n, m));
                // Sums of at most seven numbers below 1.
                assert!((row - 1.0).abs() < 1e-15 && (column - 1.0).abs() < 1e-15, "{row} {column}");
                assert!(graph.own_weight(m) > 0.0);
            }
        }
    }

    #[test]
    fn rings_and_complete_graphs_have_the_links_that_one_expects() {
        assert_eq!([1, 2, 3, 8].map(|clients| Graph::ring(clients).links()), [0, 2, 6, 16]);
        assert_eq!(Graph::complete(8).map(|graph| graph.links()), Ok(56));
        assert_eq!(Graph::complete(5000), Err(GraphError::TooMany(24_995_000)));
    }

    #[test]
    fn a_file_of_links_is_read_as_it_was_written_and_anything_else_is_refused_by_what_is_wrong() {
        let graph = path(4);
        let links = Graph::read_links(&format!("# a path\n\n{}", graph.links_as_text())).expect("links");
        assert_eq!(Graph::of_links(4, &links), Ok(graph));
        let read = |text: &str| Graph::read_links(text).expect_err("no links").to_string();
        assert!(read("0 1\n1 two\n").starts_with("line 2: `1 two` is no link"));
        assert!(read("0 1 2 # three\n").starts_with("line 1: `0 1 2` is no link"));
        let refused = |links: &[(u32, u32)]| Graph::of_links(3, links).expect_err("no graph").to_string();
        assert_eq!(refused(&[(0, 3)]), "a link joins clients 0 and 3, and clients are 0 to 2");
        assert!(refused(&[(1, 1)]).starts_with("a link joins client 1 with itself"));
        assert!(
            refused(&[(0, 1), (1, 0), (1, 2)]).starts_with("there are two links between clients 0 and 1")
        );
        assert_eq!(refused(&[(0, 1)]), "no links lead from client 0 to client 2, so that they never agree");
    }
}
