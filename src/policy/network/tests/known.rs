//! Known answers. They come from an implementation in NumPy that shares no code with this one, whose passes
//! agree with JAX and with complex steps; those of layers come from PyTorch's autograd, which finds the
//! numbers of one layer as well.

use super::*;

const TARGETS: [f64; 4] = [0.25, -0.5, 0.125, 0.75];
const ZETA: f64 = 0.125;

/// What is known of one step.
struct Step {
    h: usize,
    f: &'static [f64],
    /// π of action 0.
    pi_0: f64,
    df: &'static [f64],
}

/// What is known of a local step.
struct Regressed {
    centred: bool,
    products: &'static [f64],
    sum: f64,
    squares: f64,
    first: f64,
    last: f64,
}

struct Known {
    subject: Subject,
    parameters: usize,
    actions: &'static [usize],
    seen: &'static [u32],
    gamma: f64,
    last_state: &'static [f64],
    steps: &'static [Step],
    /// Of J'c: sum, sum of squares, the first three, and the product with ω.
    cotangent: [f64; 6],
    regressed: [Regressed; 2],
}

impl Known {
    fn holds(&self) {
        let Known { subject, actions, .. } = self;
        let network = &subject.network;
        let d = network.parameters();
        assert_eq!(d, self.parameters);
        let (theta, omega) = (theta(d), omega(d));
        let tape = subject.record(&theta, &subject.inputs_of(actions, self.seen));
        let horizon = actions.len();
        assert_near("the last state", network.state(tape.kept(horizon - 1)), self.last_state);
        let wide = network.actions();
        let (f, df) = (subject.logits(&theta, &tape), subject.tangents(&theta, &tape, &omega));
        for step in self.steps {
            let place = step.h * wide..(step.h + 1) * wide;
            assert_near("f", &f[place.clone()], step.f);
            assert_near("df", &df[place.clone()], step.df);
            let mut policy = f[place].to_vec();
            softmax(&mut policy);
            assert_near("pi", &policy[..1], &[step.pi_0]);
        }
        let g = subject.cotangents(&theta, &tape, &weights(horizon * wide));
        let sum = |numbers: &[f64]| numbers.iter().fold(0.0, |sum, x| sum + x);
        assert_near("J'c", &[sum(&g), dot(&g, &g), g[0], g[1], g[2], dot(&g, &omega)], &self.cotangent);
        for step in &self.regressed {
            let (targets, centred) = (&TARGETS[..horizon], step.centred);
            let (theta, tape, taken) = (&theta[..], &tape, *actions);
            let play = Play { theta, tape, taken, targets, gamma: self.gamma, zeta: ZETA, centred };
            let mut omega = omega.clone();
            let products = subject.local_step(&play, &mut omega);
            assert_near("products with omega", &products, step.products);
            let found = [sum(&omega), dot(&omega, &omega), omega[0], omega[d - 1]];
            assert_near("omega after", &found, &[step.sum, step.squares, step.first, step.last]);
        }
    }
}

#[test]
fn a_gru_on_tiger_has_known_logits_passes_and_local_steps() {
    let known = Known {
        subject: Subject::of(Cell::Gru, 2, [4, 3, 2], false),
        parameters: 63,
        actions: &[0, 0, 2, 1],
        seen: &[0, 0, 1, 1],
        gamma: 0.95,
        last_state: &[-0.21171492685815, 0.69376550483149],
        steps: &[
            Step {
                h: 0,
                f: &[-0.996303344747792, 0.111135603555086, 0.383250977192484],
                pi_0: 0.125004255080099,
                df: &[0.55269837754977, -0.282398118418992, -0.642978395098212],
            },
            Step {
                h: 1,
                f: &[-0.91222377747966, 0.120469301024873, 0.43579713063944],
                pi_0: 0.130575263899536,
                df: &[0.372383992639063, -0.288791256305308, -0.75617899057598],
            },
            Step {
                h: 2,
                f: &[-0.479426098001634, 0.00159551785522888, 0.63585841181298],
                pi_0: 0.176424027202241,
                df: &[-0.0112264180956279, -0.176045568292678, -0.97658626973176],
            },
            Step {
                h: 3,
                f: &[-0.230942528636743, -0.134868106610082, 0.721942383780755],
                pi_0: 0.213036969326701,
                df: &[-0.151044786083108, 0.015693303313839, -1.00876449549886],
            },
        ],
        cotangent: [
            2.92905954419802,
            3.38580780290287,
            -0.00779145778016824,
            0.0119901019345601,
            0.0719017984119166,
            -0.329248050676155,
        ],
        regressed: [
            Regressed {
                centred: false,
                products: &[0.55269837754977, 0.372383992639063, -0.97658626973176, 0.015693303313839],
                sum: -1.45656407104179,
                squares: 9.94723928328149,
                first: -0.577057508178194,
                last: -0.438954597891772,
            },
            Regressed {
                centred: true,
                products: &[0.90979103821651, 0.809792557626862, -0.398791616422149, 0.601476124878846],
                sum: -1.8005017103382,
                squares: 9.95478262729352,
                first: -0.576534182763499,
                last: -0.412210995087337,
            },
        ],
    };
    known.holds();
}

#[test]
fn an_mlp_on_windows_of_tiger_has_known_logits_passes_and_local_steps() {
    let known = Known {
        subject: Subject::of(Cell::Mlp, 3, [4, 3, 2], false),
        parameters: 48,
        actions: &[0, 0, 2, 1],
        seen: &[0, 0, 1, 1],
        gamma: 0.95,
        last_state: &[-0.962906870975765, 0.90228444275565, 0.215326339665783],
        steps: &[
            Step {
                h: 0,
                f: &[0.0835980951383015, 0.930535143126586, -0.534437047988285],
                pi_0: 0.258298214347229,
                df: &[0.543558995107758, 0.432698710509989, -0.663803099318522],
            },
            Step {
                h: 3,
                f: &[0.316176452999356, 0.983739651803883, -0.170964259641785],
                pi_0: 0.280594509709916,
                df: &[0.13502956791661, 0.996381494208083, -0.917276538544043],
            },
        ],
        cotangent: [
            1.12468788143308,
            8.30929242918588,
            -0.476510867891116,
            -0.186401311335203,
            0.194892508389782,
            0.707223459579518,
        ],
        regressed: [
            Regressed {
                centred: false,
                products: &[0.543558995107758, 0.26683826872657, -0.425789605089291, 0.996381494208083],
                sum: -1.1884655439106,
                squares: 7.70039527964927,
                first: -0.629087729131394,
                last: -0.469478095351729,
            },
            Regressed {
                centred: true,
                products: &[0.234883951595653, -0.123156248474156, -0.908826960877173, 0.571589605732551],
                sum: -1.72501439395533,
                squares: 7.87641498172193,
                first: -0.719961070403143,
                last: -0.372510951573533,
            },
        ],
    };
    known.holds();
}

#[test]
fn an_mlp_of_two_layers_has_known_logits_passes_and_local_steps() {
    let known = Known {
        subject: Subject::layered(&[4, 2], [4, 3, 2], false),
        parameters: 67,
        actions: &[0, 0, 2, 1],
        seen: &[0, 0, 1, 1],
        gamma: 0.95,
        last_state: &[-0.471655053995179, 0.861174322315005],
        steps: &[
            Step {
                h: 0,
                f: &[0.184671898897622, 0.914918482852552, -0.348210743447868],
                pi_0: 0.273037316955325,
                df: &[-0.575804238596661, -0.115628245186128, -0.0797896445233684],
            },
            Step {
                h: 3,
                f: &[0.143101147916758, 0.946416974914157, -0.443102293405669],
                pi_0: 0.263896213412214,
                df: &[-0.719676188257191, -0.0362276197500643, -0.404897571455677],
            },
        ],
        cotangent: [
            1.31829436336184,
            2.67904700110039,
            -0.0761496325716855,
            0.0352794454427299,
            0.0698575077937008,
            -0.630525219686885,
        ],
        regressed: [
            Regressed {
                centred: false,
                products: &[-0.575804238596661, -0.602316713237616, 0.00539666452006665, -0.0362276197500643],
                sum: -1.22885284530035,
                squares: 10.6978989986018,
                first: -0.577067516567097,
                last: -0.12926449743234,
            },
            Regressed {
                centred: true,
                products: &[-0.340273857416574, -0.371851041629344, 0.174122130686219, 0.234495466530613],
                sum: -1.67292062496815,
                squares: 10.7747687323346,
                first: -0.579208438161763,
                last: -0.200417375339921,
            },
        ],
    };
    known.holds();
}

#[test]
fn an_indrnn_on_toggle_has_known_logits_passes_and_local_steps() {
    let known = Known {
        subject: Subject::of(Cell::IndRnn, 3, [3, 2, 2], true),
        parameters: 29,
        actions: &[1, 0, 1],
        seen: &[1, 0, 1],
        gamma: 0.9,
        last_state: &[-0.438575426236966, -0.158008448369436, -0.464942053894026],
        steps: &[
            Step {
                h: 0,
                f: &[-0.653257358523317, -0.77974566875295],
                pi_0: 0.531579983996825,
                df: &[-0.909630788898878, -0.20441097448871],
            },
            Step {
                h: 2,
                f: &[-0.836471949488454, -0.179914782372552],
                pi_0: 0.341513419719383,
                df: &[-1.10720298166072, 0.25558605697767],
            },
        ],
        cotangent: [
            0.915083162592351,
            7.93324211518344,
            0.0315488904492603,
            0.478947036242845,
            -0.110991395063981,
            0.247599795767621,
        ],
        regressed: [
            Regressed {
                centred: false,
                products: &[-0.20441097448871, -0.512109878213056, 0.25558605697767],
                sum: -0.398539611756502,
                squares: 4.79819610146729,
                first: -0.567112653764925,
                last: 0.446534067084199,
            },
            Regressed {
                centred: true,
                products: &[0.374880737658401, -0.190394849203537, 0.465410744941489],
                sum: -0.428358841095528,
                squares: 4.77978420966808,
                first: -0.559111585470527,
                last: 0.363382463229048,
            },
        ],
    };
    known.holds();
}
